"""One module for each family of services that are no more than a bundle."""
