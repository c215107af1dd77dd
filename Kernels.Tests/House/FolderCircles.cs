using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>
/// Which folders of a project use each other's types in a circle. A room is a folder at depth two, with all that is in it (Engine/Ops is one), or
/// what lies in the project's own folder. An arrow is a name in code that the compiler binds to a type declared in another room; comments do not count.
/// </summary>
internal static class FolderCircles
{
    // As the SDK's ImplicitUsings.
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Preview, DocumentationMode.None);

    // Of a type that is in source and in a reference too, the compiler takes the one in source.
    private static readonly Lazy<ImmutableArray<MetadataReference>> s_references = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>A line for each circle and one for each of its arrows; empty where there is no circle.</summary>
    /// <param name="files">The project's files; paths from the repository's root, with slashes.</param>
    public static IReadOnlyList<string> Find(IEnumerable<(string Path, string Text)> files)
    {
        var arrows = Arrows([.. files.Select(file => CSharpSyntaxTree.ParseText(file.Text, s_parse, file.Path))]);
        var rooms = arrows.Keys.SelectMany(a => new[] { a.From, a.To }).Distinct().Order(StringComparer.Ordinal).ToList();
        var reach = rooms.ToDictionary(room => room, room => Reach(room, arrows.Keys));
        var lines = new List<string>();
        for (var rest = rooms.Where(room => reach[room].Contains(room)).ToList(); rest.Count > 0;)
        {
            var circle = rest.Where(room => reach[room].Contains(rest[0]) && reach[rest[0]].Contains(room)).ToList();
            lines.Add($"circle: {string.Join(" <-> ", circle)}");
            foreach (var (arrow, types) in arrows.Where(a => circle.Contains(a.Key.From) && circle.Contains(a.Key.To)))
                lines.Add($"  {arrow.From} -> {arrow.To}: {string.Join(", ", types.Select(t => $"{t.Key} ({t.Value})"))}");
            rest.RemoveAll(circle.Contains);
        }
        return lines;
    }

    /// <summary>For each pair of rooms the types used, and a file that uses each.</summary>
    private static SortedDictionary<(string From, string To), SortedDictionary<string, string>> Arrows(SyntaxTree[] trees)
    {
        var arrows = new SortedDictionary<(string From, string To), SortedDictionary<string, string>>();
        var compilation = CSharpCompilation.Create("House", trees.Append(CSharpSyntaxTree.ParseText(Usings, s_parse)), s_references.Value);
        var declared = trees.SelectMany(Declared).ToHashSet();
        foreach (var tree in trees)
        {
            var model = compilation.GetSemanticModel(tree);
            string from = Room(tree.FilePath);
            foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>().Where(n => declared.Contains(n.Identifier.ValueText)))
            {
                var type = TypeOf(model.GetSymbolInfo(name));
                if (type is null) continue;
                var homes = type.OriginalDefinition.DeclaringSyntaxReferences.Select(r => Room(r.SyntaxTree.FilePath)).Distinct().ToList();
                if (homes.Contains(from)) continue;
                foreach (string to in homes)
                {
                    if (!arrows.TryGetValue((from, to), out var types)) arrows.Add((from, to), types = new(StringComparer.Ordinal));
                    types.TryAdd(type.Name, Path.GetFileName(tree.FilePath));
                }
            }
        }
        return arrows;
    }

    /// <summary>The names by which a file's types are called; an attribute's also without its ending.</summary>
    private static IEnumerable<string> Declared(SyntaxTree tree) => tree.GetRoot().DescendantNodes()
        .Select(node => node switch
        {
            BaseTypeDeclarationSyntax type => type.Identifier.ValueText,
            DelegateDeclarationSyntax type => type.Identifier.ValueText,
            _ => null,
        })
        .OfType<string>()
        .SelectMany(name => name.EndsWith("Attribute", StringComparison.Ordinal) ? new[] { name, name[..^"Attribute".Length] } : [name]);

    /// <summary>The type that a name stands for, or null where it stands for something else.</summary>
    private static INamedTypeSymbol? TypeOf(SymbolInfo info) => (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) switch
    {
        INamedTypeSymbol type => type,
        IMethodSymbol { MethodKind: MethodKind.Constructor } attribute => attribute.ContainingType,
        _ => null,
    };

    private static string Room(string path) => string.Join('/', path.Split('/')[..^1].Take(2));

    private static HashSet<string> Reach(string from, IEnumerable<(string From, string To)> arrows)
    {
        var next = arrows.ToLookup(a => a.From, a => a.To);
        var reached = new HashSet<string>();
        var todo = new Stack<string>(next[from]);
        while (todo.TryPop(out string? room))
            if (reached.Add(room)) foreach (string to in next[room]) todo.Push(to);
        return reached;
    }
}
