"""What a data set is, as pages to look at and listen to, and as files of numbers."""
