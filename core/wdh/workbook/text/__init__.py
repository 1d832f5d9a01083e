"""Tables in text (.csv, .tsv): their encoding, their delimiter, their records."""
