"""The language both sides of Loggia speak, the client half of the conversation, and what a process needs."""
