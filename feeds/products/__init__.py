"""What a product is called and where it stands in HS 2022: the tree, given codes, and classification of text."""
