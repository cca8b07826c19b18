"""The forges: thin verbs over the API of each. What to do with them is decided elsewhere."""
