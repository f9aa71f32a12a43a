activity-title = Activité
activity-heading = Ce qui s’est passé sur votre compte
activity-empty = Rien à montrer.
activity-everything = Tout
activity-show = Afficher
label-kind = N’afficher que
looks-heading = Qui a consulté mes données
looks-lead = Votre adresse e-mail et ce que vous dites de vous sont cachés aux autres. Qui les ouvre en donne la raison.
looks-empty = Personne d’autre que vous ne les a consultées.
looks-reason = Raison : { $name }
looks-unreadable = La raison est illisible pour le moment.
looks-show = Voir qui les a consultées
looks-older = Plus tôt
list-older = Plus ancien
list-newest = Revenir au plus récent
by-you = vous
by-administrator = un administrateur
by-service = le service
by-visitor = sans connexion
channel-web = Navigateur
channel-api = Application
method-password = avec le mot de passe
event-user-signed-up = Inscription
event-user-created = Compte créé
event-first-administrator-created = Premier administrateur créé
event-logged-in = Connexion
event-log-in-failed = Échec de connexion
event-logged-out = Déconnexion
event-session-refreshed = Session poursuivie
event-refresh-token-reused = Jeton de rafraîchissement utilisé deux fois ; session terminée
event-profile-edited = Profil modifié
event-password-changed = Mot de passe changé
event-password-rehashed = Mot de passe enregistré renforcé
event-password-check-failed = Mot de passe erroné saisi
event-attempts-cleared = Compte déverrouillé
event-user-deleted = Compte supprimé
event-role-changed = Rôle changé
event-user-suspended = Compte suspendu
event-user-reinstated = Compte rétabli
event-session-ended = Session terminée
event-sessions-ended = Plusieurs sessions terminées
event-password-link-created = Lien pour définir un mot de passe créé
event-password-set = Mot de passe défini par un lien
event-personal-data-opened = Données personnelles consultées
event-access-refused = Accès refusé
event-audit-exported = Journal exporté
event-signing-key-created = Clé de signature créée
event-signing-key-advanced = Une clé de signature en attente signera plus tôt
event-signing-key-revoked = Clé de signature révoquée
event-signing-key-removed = Clé de signature retirée
event-root-key-rotated = Clé racine remplacée
event-personal-data-exported = Données personnelles remises
event-audit-pruned = Début du journal retiré
event-backup-taken = Sauvegarde faite
event-backup-restored = Restauration d’une sauvegarde
fact-role-change = De { $from } à { $to }
fact-role = En tant que { $role }
fact-until = Jusqu’au { $moment }
fact-reason = Raison : { $reason }
fact-expired = Le délai était écoulé.
fact-replayed = Il avait déjà été effacé ; une base venait d’une copie plus ancienne.
fact-invalid-scope = La demande dépassait ce que le compte permet.
fact-sessions-ended = { $count ->
    [one] Une session terminée.
   *[other] { $count } sessions terminées.
}
fact-count = { $count ->
    [one] Une fois
   *[other] { $count } fois
}
fact-pruned = { $count ->
    [one] Un événement retiré.
   *[other] { $count } événements retirés.
}
fact-erased-again = { $count ->
    [one] Un compte effacé à nouveau.
   *[other] { $count } comptes effacés à nouveau.
}
fact-copy = De la copie du { $moment }
fact-encrypted = Chiffrée
fact-open = Non chiffrée
fact-through = Jusqu’au numéro { $number }
fact-fields = Modifié : { $fields }
fact-operation = Demandé : { $operation }
fact-scope = Nécessaire : { $scope }
reason-no-credential = Personne n’était connecté.
reason-unreadable-credential = La connexion n’était pas l’une des nôtres.
reason-expired-credential = Le jeton d’accès avait expiré.
reason-session-gone = La session avait été terminée.
reason-session-over = La session avait expiré.
reason-account-suspended = Le compte était suspendu.
reason-scope-not-in-token = Le jeton d’accès ne le permet pas.
reason-scope-not-in-role = Le rôle ne le permet pas.
reason-above-own-role = Cela concernait un rôle supérieur au sien.
reason-password-needed = Le mot de passe était demandé à nouveau.
reason-not-the-owner = Cela appartient à quelqu’un d’autre.
reason-foreign-form = Le formulaire ne venait pas de l’une de nos pages.
