"""Law as dated rows: communes, code lists, delays."""
