return FcnFromScratch.App.CommandLine.Run(args);
