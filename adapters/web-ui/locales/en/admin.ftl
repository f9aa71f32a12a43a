setup-title = First administrator
setup-lead = This installation has no administrator yet. The account you create here can see and change every other one; the link works once.
setup-submit = Create administrator
notice-administrator-created = The first administrator exists. Log in to begin.
