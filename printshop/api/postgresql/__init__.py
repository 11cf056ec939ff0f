"""The database engine of shops on PostgreSQL."""
