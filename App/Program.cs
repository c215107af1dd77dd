FcnFromScratch.App.Shell.StandardStream.Install();
return FcnFromScratch.App.CommandLine.Run(args);
