"""What is known of dwellings and households: stock, programmes, headship, who lives where."""
