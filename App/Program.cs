using System.CommandLine;
using FcnFromScratch.App;
using FcnFromScratch.App.Commands;

var root = new RootCommand("FcnFromScratch: a deep-learning engine in C#, kernels included, that segments handwritten digits.")
{
    TrainCommand.Create(),
    ValCommand.Create(),
    PredictCommand.Create(),
    SummaryCommand.Create(),
    DevicesCommand.Create(),
    KernelsCommand.Create(),
    CheckCommand.Create(),
    BenchCommand.Create(),
};
return CommandLine.Run(root, args);
