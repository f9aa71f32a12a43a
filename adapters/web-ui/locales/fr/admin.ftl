setup-title = Premier administrateur
setup-lead = Cette installation n’a pas encore d’administrateur. Le compte créé ici peut voir et modifier tous les autres ; le lien fonctionne une seule fois.
setup-submit = Créer l’administrateur
notice-administrator-created = Le premier administrateur existe. Connectez-vous pour commencer.
