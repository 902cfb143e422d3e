"""The name model: persons, companies and street addresses that no rule finds, and the text it is trained on."""
