"""Who may do what, for which purpose: the rules (Rego), the matrix (data), and the engines that evaluate them."""
