activity-title = Activity
activity-heading = What happened on your account
activity-empty = Nothing to show.
activity-everything = Everything
activity-show = Show
label-kind = Show only
looks-heading = Who looked at my data
looks-lead = Your e-mail address and what you say about yourself are hidden from others. Whoever opens them gives a reason.
looks-empty = Nobody but you has looked at it.
looks-reason = Reason: { $name }
looks-unreadable = The reason can’t be read at the moment.
looks-show = See who looked
looks-older = Earlier
list-older = Older
list-newest = Back to the latest
by-you = you
by-administrator = an administrator
by-service = the service
by-visitor = not logged in
channel-web = Browser
channel-api = Application
method-password = with the password
event-user-signed-up = Signed up
event-user-created = Account created
event-first-administrator-created = First administrator created
event-logged-in = Logged in
event-log-in-failed = A log-in failed
event-logged-out = Logged out
event-session-refreshed = Session carried on
event-refresh-token-reused = Refresh token used twice; session ended
event-profile-edited = Profile edited
event-password-changed = Password changed
event-password-rehashed = Stored password strengthened
event-password-check-failed = Wrong password entered
event-attempts-cleared = Account unlocked
event-user-deleted = Account deleted
event-role-changed = Role changed
event-user-suspended = Account suspended
event-user-reinstated = Account reinstated
event-session-ended = Session ended
event-sessions-ended = Several sessions ended
event-password-link-created = Link to set a password created
event-password-set = Password set by link
event-personal-data-opened = Personal data opened
event-access-refused = Access refused
event-audit-exported = Audit trail exported
event-signing-key-created = Signing key created
event-signing-key-advanced = A waiting signing key begins to sign earlier
event-signing-key-revoked = Signing key revoked
event-signing-key-removed = Signing key removed
event-root-key-rotated = Root key replaced
event-personal-data-exported = Personal data handed out
event-audit-pruned = Beginning of the audit trail removed
event-backup-taken = Backup taken
event-backup-restored = Restored from a backup
fact-role-change = From { $from } to { $to }
fact-role = As { $role }
fact-until = Until { $moment }
fact-reason = Reason: { $reason }
fact-expired = Its time was over.
fact-replayed = It had been erased before; a database was put back from an older copy.
fact-invalid-scope = More was asked for than the account is allowed.
fact-sessions-ended = { $count ->
    [one] One session ended.
   *[other] { $count } sessions ended.
}
fact-count = { $count ->
    [one] Once
   *[other] { $count } times
}
fact-pruned = { $count ->
    [one] One event removed.
   *[other] { $count } events removed.
}
fact-erased-again = { $count ->
    [one] One account erased again.
   *[other] { $count } accounts erased again.
}
fact-copy = From the copy of { $moment }
fact-encrypted = Encrypted
fact-open = Not encrypted
fact-through = Up to number { $number }
fact-fields = Changed: { $fields }
fact-operation = Asked for: { $operation }
fact-scope = Needed: { $scope }
reason-no-credential = Nobody was logged in.
reason-unreadable-credential = The log-in was not one of ours.
reason-expired-credential = The access token had expired.
reason-session-gone = The session had been ended.
reason-session-over = The session had run out.
reason-account-suspended = The account was suspended.
reason-scope-not-in-token = The access token does not allow it.
reason-scope-not-in-role = The role does not allow it.
reason-above-own-role = It concerned a role above their own.
reason-password-needed = The password was asked for again.
reason-not-the-owner = It belongs to somebody else.
reason-foreign-form = The form did not come from one of our pages.
