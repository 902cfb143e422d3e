"""How the shipped name model came to be: the generator of its training texts, the network, the card.

Nothing here runs in a night, and no room imports it. Belongs here: what needs Faker, torch or wordfreq (the extra
`train`). Does not belong here: the hand-written text (`anonymize/scrub/names/corpus/`) or anything that reads the data
folder beside the checkout, which judges the model and must never train it. Door: `python -m training.train_names`.
"""
