skip = Skip to content
nav-main = Main
nav-account = Your account
nav-profile = Profile
nav-security = Security
nav-activity = Activity
nav-delete = Delete account
nav-admin = Administration
nav-log-in = Log in
nav-log-out = Log out
nav-sign-up = Sign up
language-en = English
language-fr = Français
footer-note = Accounts and access, on your own server.
footer-api = API documentation
optional = optional
title-refused = Not done:
form-mistakes = { $count ->
    [one] One thing needs another look
   *[other] { $count } things need another look
}
form-colon = :
span-seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
moment = { $day } at { $time } UTC
live-show = Show
live-hide = Hide
live-email = That does not look like an e-mail address yet.
live-match = The two entries match.
live-mismatch = The two entries differ so far.
live-short = Too short so far.
live-weak = Long enough, but easy to guess so far.
live-fair = Getting there. More, or less usual, words make it stronger.
live-strong = Looks strong.
live-meter = Strength, a rough estimate
