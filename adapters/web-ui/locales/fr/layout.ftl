skip = Aller au contenu
nav-main = Principale
nav-account = Votre compte
nav-profile = Profil
nav-security = Sécurité
nav-activity = Activité
nav-delete = Supprimer le compte
nav-admin = Administration
nav-log-in = Se connecter
nav-log-out = Se déconnecter
nav-sign-up = Créer un compte
language-en = English
language-fr = Français
footer-note = Vos comptes et vos accès, sur votre propre serveur.
footer-api = Documentation de l’API
optional = facultatif
title-refused = À revoir :
form-mistakes = { $count ->
    [one] Un point est à revoir
   *[other] { $count } points sont à revoir
}
form-colon = { " :" }
span-seconds = { $count ->
    [one] une seconde
   *[other] { $count } secondes
}
span-minutes = { $count ->
    [one] une minute
   *[other] { $count } minutes
}
day = { $day ->
    [1] 1er
   *[other] { $day }
} { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
} { $year }
moment = { $day } à { $time } UTC
live-show = Afficher
live-hide = Masquer
live-email = Cela ne ressemble pas encore à une adresse e-mail.
live-match = Les deux saisies sont identiques.
live-mismatch = Les deux saisies diffèrent pour l’instant.
live-short = Encore trop court.
live-weak = Assez long, mais encore facile à deviner.
live-fair = Cela prend forme. Plus de mots, ou des mots moins courants, le renforcent.
live-strong = Semble solide.
live-meter = Robustesse, estimation grossière
