label-login = Nom d’utilisateur ou adresse e-mail
log-in-title = Se connecter
log-in-submit = Se connecter
log-in-first = Connectez-vous d’abord ; vous arriverez ensuite à la page demandée.
log-in-other = Pas encore de compte ?
notice-logged-out = Vous êtes déconnecté.
