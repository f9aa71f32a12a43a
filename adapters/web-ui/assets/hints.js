// Hints while somebody types. Every form works without them: the server decides, and says why.
// The words come from the form's data attributes, in the reader's language.
(() => {
  "use strict";

  const ID = "live";

  /** A line under a field that is read out when it changes. */
  function lineUnder(input) {
    const line = document.createElement("p");
    line.className = "live";
    line.id = `${input.id}-${ID}`;
    line.setAttribute("aria-live", "polite");
    input.closest(".control").after(line);
    const known = input.getAttribute("aria-describedby");
    input.setAttribute("aria-describedby", known ? `${known} ${line.id}` : line.id);
    return line;
  }

  /** Says something once the typing pauses, so that nobody is talked over. */
  function afterPause(work) {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(work, 350);
    };
  }

  function watchEmail(input, words) {
    const line = lineUnder(input);
    input.addEventListener("input", afterPause(() => {
      const complete = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/u.test(input.value);
      line.textContent = input.value === "" || complete ? "" : words.email;
    }));
  }

  /** 0 too short, 1 weak, 2 fair, 3 strong: length and variety, no more. */
  function strength(text, minimum) {
    const letters = Array.from(text);
    if (letters.length < minimum) return 0;
    const different = new Set(letters.map((letter) => letter.toLowerCase())).size;
    if (different < 6) return 1;
    return letters.length + different >= minimum + 14 ? 3 : 2;
  }

  function watchStrength(input, words) {
    const line = lineUnder(input);
    const meter = document.createElement("meter");
    Object.assign(meter, { min: 0, max: 3, low: 1.5, high: 2.5, optimum: 3, value: 0, hidden: true });
    meter.setAttribute("aria-label", words.meter);
    line.before(meter);
    const say = [words.short, words.weak, words.fair, words.strong];
    const judge = () => strength(input.value, Number(words.minimum));
    const show = afterPause(() => {
      line.textContent = input.value === "" ? "" : say[judge()];
    });
    input.addEventListener("input", () => {
      meter.hidden = input.value === "";
      meter.value = Math.max(judge(), 0.4);
      show();
    });
  }

  function watchRepeat(input, first, words) {
    const line = lineUnder(input);
    const compare = afterPause(() => {
      if (input.value === "") line.textContent = "";
      else line.textContent = input.value === first.value ? words.match : words.mismatch;
    });
    input.addEventListener("input", compare);
    first.addEventListener("input", compare);
  }

  function addToggle(input, words) {
    const button = document.createElement("button");
    const label = input.closest(".field").querySelector("label").textContent.trim();
    button.type = "button";
    button.className = "toggle";
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? words.hide : words.show;
      button.setAttribute("aria-label", `${button.textContent}: ${label}`);
    };
    show(false);
    button.addEventListener("click", () => show(input.type === "password"));
    // A password goes out as a password, so that the browser may offer to keep it and keeps it from the history.
    input.form.addEventListener("submit", () => show(false));
    input.closest(".control").classList.add("has-toggle");
    input.after(button);
  }

  for (const form of document.querySelectorAll("form[data-hints]")) {
    const words = form.dataset;
    const passwords = form.querySelectorAll("input[type=password]");
    const one = (kind) => form.querySelector(`input[data-live=${kind}]`);
    const [email, fresh, repeat] = [one("email"), one("strength"), one("repeat")];
    if (email) watchEmail(email, words);
    if (fresh) watchStrength(fresh, words);
    if (fresh && repeat) watchRepeat(repeat, fresh, words);
    passwords.forEach((input) => addToggle(input, words));
  }
})();
