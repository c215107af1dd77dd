using BenchmarkDotNet.Running;
using FcnFromScratch.Bench;

// dotnet run -c Release --project Bench -- --filter '*Convolution*'
BenchmarkSwitcher.FromAssembly(typeof(OpBenchmarks).Assembly).Run(args);
