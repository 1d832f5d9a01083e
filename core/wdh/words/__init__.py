"""The words of messages: near matches, total words, text made fit to be shown, secrets taken out."""
