"""For those who bring their own cameras: how a gateway that is not ours sends segments."""
