namespace FcnFromScratch.Data;

/// <summary>Data that cannot be used: a file that is missing, broken or of the wrong kind. The message is one line for the user.</summary>
public sealed class DataException(string message, Exception? inner = null) : Exception(ForeignText.OneLine(message), inner);
