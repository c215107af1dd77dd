using FcnFromScratch.App.Shell;
using FcnFromScratch.Data;
using FcnFromScratch.Training;
using Microsoft.AspNetCore.Http;

namespace FcnFromScratch.App.Serve;

/// <summary>Parameters of the program as a query has them, by the names that the command line knows.</summary>
internal static class QueryParameters
{
    /// <summary>What the query says, or else the default.</summary>
    /// <exception cref="UsageException">It is none of the parameter's values.</exception>
    public static object? Value(HttpRequest request, Parameter parameter)
    {
        if (!request.Query.TryGetValue(parameter.Name, out var given)) return parameter.Default;
        string text = $"{given}";
        if (parameter is SwitchParameter && text is "1" or "0" or "") return text != "0"; // as pages write what is on
        return parameter.Parse(text) ?? throw new UsageException($"{parameter.Name} is {ForeignText.Quoted(text)}; it must be {parameter.Limits}");
    }

    /// <summary>The arguments with what the query says of some parameters.</summary>
    /// <param name="others">Names that mean something else here.</param>
    /// <exception cref="UsageException">A value is none of its parameter's, or there is no parameter of a name.</exception>
    public static Arguments Into(Arguments arguments, IReadOnlyList<Parameter> parameters, HttpRequest request, params IReadOnlyList<string> others)
    {
        foreach (string name in request.Query.Keys)
            if (!others.Contains(name) && parameters.All(p => p.Name != name))
                throw new UsageException($"there is no parameter {ForeignText.Quoted(name)}{Nearest.Of(name, [.. others, .. parameters.Select(p => p.Name)])}");
        return parameters.Where(p => request.Query.ContainsKey(p.Name)).Aggregate(arguments, (a, p) => a.WithParsed(p, Value(request, p)));
    }
}
