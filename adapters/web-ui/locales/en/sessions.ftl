label-login = User name or e-mail address
log-in-title = Log in
log-in-submit = Log in
log-in-first = Log in first; then you get to the page you asked for.
log-in-other = No account yet?
notice-logged-out = You are logged out.
