"""How each warehouse is asked. One file and one line a warehouse."""
