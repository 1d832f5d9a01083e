"""The PostgreSQL that wdh brings along: started by the first who needs it, stopped by the last who leaves."""
