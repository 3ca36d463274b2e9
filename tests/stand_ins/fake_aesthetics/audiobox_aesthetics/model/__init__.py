"""Its networks."""
