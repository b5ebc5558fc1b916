"""Which hosts report, whoever reports them, how they are now, and how they were in the last day."""
