namespace FcnFromScratch.App.Serve;

/// <summary>What was asked for is not there: 404.</summary>
internal sealed class NotFoundException(string message) : Exception(message);

/// <summary>What was asked for cannot be done as things stand: 409.</summary>
internal sealed class ConflictException(string message) : Exception(message);

/// <summary>A request that is refused with a status of its own.</summary>
internal sealed class RefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}
