"""The page that raters open."""
