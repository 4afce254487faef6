"""The conformance kit: a server of our contract, judged from outside, by what it answers."""
