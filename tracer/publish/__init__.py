"""Stories into documents: one small file for every format and host."""
