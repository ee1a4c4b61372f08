"""A local cloud without an account: services on moto, queues that call functions, and the whole stack of a template."""
