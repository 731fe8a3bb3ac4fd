"""The program as a user runs it: whole commands in processes of their own."""
