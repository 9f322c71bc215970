"""Who may sign in: invitations, links by mail, sessions."""
