"""Who may start how much, how fast. The rates come later; the door is here."""
