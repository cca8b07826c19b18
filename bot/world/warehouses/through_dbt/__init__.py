"""Every warehouse that dbt has an adapter for: questions go through the adapter, with the user's own profile."""
