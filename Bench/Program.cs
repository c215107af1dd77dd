using BenchmarkDotNet.Running;
using FcnFromScratch.Bench;

// dotnet run -c Release --project Bench -- --filter '*Convolution*'
if (args is ["handwriting", .. var rest]) return Handwriting.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(OpBenchmarks).Assembly).Run(args);
return 0;
