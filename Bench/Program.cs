using BenchmarkDotNet.Running;
using FcnFromScratch.Bench;

// dotnet run -c Release --project Bench -- --filter '*Convolution*'
if (args is ["handwriting", .. var rest]) return Handwriting.Run(rest);
if (args is ["neighbours", .. var more]) return Neighbours.Run(more);
BenchmarkSwitcher.FromAssembly(typeof(OpBenchmarks).Assembly).Run(args);
return 0;
