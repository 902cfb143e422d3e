"""Terms: which words of a committed vocabulary stand in scrubbed text.

`vocabulary` reads the lists, `check` looks for what is wrong with them, `finding` looks for their words. Free words
never come out of here: whoever writes something that is not on a list, alone or with nine others, is not heard.
"""
