"""AudioEdit: the factory of editing pairs, from recordings to shards that can be trained on."""
