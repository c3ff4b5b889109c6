"""The platform's side: what a mapping defines, what a source delivers, and how it is read."""
