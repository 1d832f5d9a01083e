"""Orders in several currencies: a domain of wdh with a lookup file, once by columns and once by data frame."""
