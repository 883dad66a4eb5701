"""The language both sides of Loggia speak, and the client half of the conversation."""
