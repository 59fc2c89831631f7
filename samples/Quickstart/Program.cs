namespace IdleHands.Samples.Quickstart;

internal static class Program
{
    private static int Main(string[] args)
    {
        Arguments arguments;
        try
        {
            arguments = Arguments.Parse(args);
        }
        catch (ArgumentException exception)
        {
            Console.Error.WriteLine(exception.Message);
            Console.Error.WriteLine("See --help.");
            return 2;
        }

        if (arguments.Mode == Mode.Help)
        {
            Console.Out.Write(Arguments.Help);
            return 0;
        }

        // The engine reports its use to Microsoft unless this is set; a sample shouldn't.
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        using var signals = new Signals(interruptEnds: arguments.Mode != Mode.Interactive);
        int exitCode;
        using (var workspace = new Workspace(ownDirectories: arguments.Mode == Mode.Tour))
        {
            exitCode = arguments.Mode switch
            {
                Mode.Tour => RunTour(arguments, workspace, signals),
                Mode.Command => RunCommand(arguments.Command!, workspace, signals),
                _ => RunPrompt(workspace, signals),
            };
        }

        if (arguments.Mode == Mode.Tour && exitCode == 0 && signals.ExitCode is null)
        {
            Console.Out.WriteLine("# Done. No process and no file is left.");
        }

        return signals.ExitCode ?? exitCode;
    }

    private static int RunTour(Arguments arguments, Workspace workspace, Signals signals)
    {
        // The transcript is one text: errors stand where they happened.
        using var host = new QuickstartHost(new HostInterface(Console.Out, Console.Out, mayAsk: false));
        using var engine = new Engine(host);
        var tour = new Tour(engine, Scenario.From(arguments, workspace), signals.End);
        bool wentWell = false;
        try
        {
            tour.Run();
            wentWell = true;
        }
        catch (TourException exception)
        {
            Console.Error.WriteLine("The tour ends here: " + exception.Message);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted; what was started is stopped.");
        }

        return CleanUp(workspace) && wentWell ? 0 : 1;
    }

    private static int RunCommand(string command, Workspace workspace, Signals signals)
    {
        using var host = new QuickstartHost(new HostInterface(Console.Out, Console.Error, mayAsk: !Console.IsInputRedirected));
        using var engine = new Engine(host);
        bool wentWell = false;
        try
        {
            engine.SetVariable("model", workspace.CreateModelFile());
            wentWell = engine.ImportModule() && engine.Run(command, signals.End);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted.");
        }

        bool clean = CleanUp(workspace);
        return host.ExitCode ?? (wentWell && clean ? 0 : 1);
    }

    private static int RunPrompt(Workspace workspace, Signals signals)
    {
        using var host = new QuickstartHost(new HostInterface(Console.Out, Console.Error, mayAsk: true));
        using var engine = new Engine(host);
        engine.SetVariable("model", workspace.CreateModelFile());
        if (engine.ImportModule())
        {
            new Prompt(engine, host, signals).Run(workspace);
        }

        return CleanUp(workspace) ? host.ExitCode ?? 0 : 1;
    }

    /// <summary>Ends what runs under the temporary state directory; false where something could not be ended.</summary>
    private static bool CleanUp(Workspace workspace)
    {
        if (!workspace.OwnsState)
        {
            return true;
        }

        using var host = new QuickstartHost(new HostInterface(TextWriter.Null, Console.Error, mayAsk: false));
        using var engine = new Engine(host);
        return new CleanUp(engine, workspace).Run();
    }
}
