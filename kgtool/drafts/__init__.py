"""How an item should be: tables and mappings to drafts, drafts to plans."""
