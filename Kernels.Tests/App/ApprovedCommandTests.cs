using System.CommandLine;
using FcnFromScratch.App;
using FcnFromScratch.App.Commands;
using FcnFromScratch.App.Shell;
using FcnFromScratch.Engine;
using FcnFromScratch.Engine.Ops;
using FcnFromScratch.Training.Tasks;
using Xunit;

namespace FcnFromScratch.Kernels.Tests.App;

/// <summary>What the command prints, as a whole: the help of every command, and measured tables of made-up figures.</summary>
public sealed class ApprovedCommandTests
{
    [Fact]
    public void Help_of_every_command()
    {
        var commands = new List<Command> { CommandLine.Root(Tasks.All) };
        for (int i = 0; i < commands.Count; i++) commands.AddRange(commands[i].Subcommands);
        Approved.Text("help.txt", string.Concat(commands.Select(command =>
        {
            string[] words = ["help", .. Help.Path(command).Split(' ')[1..]];
            var result = CommandRun.Run(words);
            Assert.Equal((0, ""), (result.Code, result.Error));
            // A test is run by another program.
            string help = result.Out.ReplaceLineEndings("\n").Replace($"\n  {RootCommand.ExecutableName} ", "\n  fcn ");
            return $"$ fcn {string.Join(' ', words)}\n{help}\n";
        })));
    }

    [Fact]
    public void Tables_of_a_benchmark()
    {
        Shape image = new(32, 64, 84, 8);
        var add = OpCase.Of("skip_add made up 32x64x84x8", new SkipAdd(), 1, (image, Fill.Default), (image, Fill.Default));
        var convolve = OpCase.Of("conv2d made up 32x64x84x8 3x3 to 16", new Conv2d(Padding.Same), 72,
            (image, Fill.Default), (new Shape(3, 3, 8, 16), Fill.Default), (new Shape(16), Fill.Default));
        KernelBenchmark.Row[] rows =
        [
            new(new(add, "kernel", new([1.5e-3, 2e-3, 2.25e-3]), 1)), new(new(convolve, "naive", new([0.5, 1, 1.5, 2, 2.5]), 1)),
            new(new(convolve, "simd", new([0.0125]), 120.04)),
        ];
        Approved.Text("bench.txt", string.Concat(rows.Select(row => $"{row.Plain}\n").Prepend($"{KernelBenchmark.Row.PlainHeader}\n")));
        Approved.Text("bench.json", string.Concat(rows.Select(row => $"{row.Json.ToJsonString()}\n")));

        const string page = "# A page\n\n<!-- bench: --filter a -->\nold\n<!-- /bench -->\n\ntext\n\n<!-- bench: --filter b -->\n<!-- /bench -->\nend\n";
        string[] table = [KernelBenchmark.Row.MarkdownHeader, .. rows.Select(row => row.Markdown)];
        Approved.Text("bench.md", BenchPage.Update("page.md", page, flags => $"measured with {flags}\n\n{string.Join('\n', table)}"));
    }
}
