using Xunit;

namespace FcnFromScratch.Kernels.Tests.House;

/// <summary>The folders of a project stand on one another: none uses the types of another that, by however long a way, uses its own.</summary>
public sealed class FolderCircleTests
{
    public static TheoryData<string> Projects => [.. Repository.Projects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_folders_use_each_other_in_a_circle(string project)
    {
        var lines = FolderCircles.Find(Repository.Sources(project).Select(path => (path, File.ReadAllText(Repository.At(path)))));
        Assert.True(lines.Count == 0, string.Join('\n', lines.Prepend($"{project} has")));
    }

    [Fact]
    public void A_circle_is_named_with_the_types_that_make_it()
    {
        Assert.Equal(
            [
                "circle: P/A <-> P/B <-> P/C",
                "  P/A -> P/B: Second (First.cs)",
                "  P/B -> P/C: MarkAttribute (Second.cs), Third (Second.cs)",
                "  P/C -> P/A: First (Third.cs)",
            ],
            FolderCircles.Find(
            [
                ("P/A/First.cs", "namespace P; class First { object Make() => new Second(); }"),
                ("P/B/Second.cs", "namespace P; [Mark] class Second { Third? third; }"),
                ("P/C/Deep/Third.cs", "namespace P; class Third { object x = typeof(List<First>); } class MarkAttribute : Attribute;"),
                ("P/Root.cs", "namespace P; class Root { First? first; }"),
            ]));
    }

    [Fact]
    public void What_only_looks_like_a_type_is_no_arrow() => Assert.Empty(FolderCircles.Find(
        [
            ("P/A/First.cs", "namespace P; class Split { Kind kind = Kind.Split; }"),
            ("P/B/Kind.cs", """namespace P; /* Split */ enum Kind { /** <see cref="Split"/> */ Split } class Other { string Split() => "Split" + Split(); }"""),
        ]));
}
