"""What appears for a moment: the strip for a reason, the export, the sheet of keys."""
