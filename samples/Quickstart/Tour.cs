namespace IdleHands.Samples.Quickstart;

/// <summary>A step of the tour did not end as it should; the message says which.</summary>
internal sealed class TourException(string message) : Exception(message);

/// <summary>The main job from end to end, as a transcript: commands as typed, output as it is.</summary>
internal sealed class Tour(Engine engine, Scenario scenario, CancellationToken end)
{
    /// <summary>Runs the whole tour.</summary>
    /// <exception cref="TourException">A command failed that should not, or the other way round.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public void Run()
    {
        Say("The module, from where the build staged it.");
        Show("Import-Module " + ShortPath(Workspace.ModulePath));
        AddEntries();
        SelectFirst();
        SwitchToSecond();
        FailAndRecover();
        Say("Enough for today.");
        Show("Stop-IHRuntime");
    }

    private void AddEntries()
    {
        Say("What is in the file? Then a host (this machine), a backend and two models.");
        Show($"$model = {Engine.Quote(scenario.ModelFile)}");
        Show($"$start = {Engine.Quote(scenario.StartCommand)}");
        Show("Get-IHModelFile $model");
        Show("Add-IHHost workstation -PassThru");
        Show("Add-IHBackend cpu -Type cpu -PassThru");
        Add(scenario.Chat);
        Add(scenario.Coder);
        Show("Get-IHModel");
    }

    private void SelectFirst()
    {
        Say("What would a select do? A dry run says it and does nothing.");
        Show("Select-IHModel chat -DryRun");
        Show("(Select-IHModel chat -DryRun).Steps");
        Say("Will it fit into the memory here?");
        Show("(Select-IHModel chat -DryRun).Fit");
        Say("Now really. It waits until the server answers.");
        Show("Select-IHModel chat");
        Show("Test-IHHealth");
        Say("It runs: selecting it again just looks at it.");
        Show("Select-IHModel chat");
    }

    private void SwitchToSecond()
    {
        const string Switch = "Select-IHModel coder";
        Say($"Switch to the second model, in another window: {Switch}");
        using var window = new SecondWindow();
        Task<bool> switching = window.RunAsync(Switch, end);
        try
        {
            SecondWindow.WaitForAnswer(scenario.Coder.Port, switching, end);
            Say("Meanwhile, in this one:");
            Show("Test-IHHealth | Where Status -eq loading");
        }
        finally
        {
            // Whatever happened here, the other window ends before its engine goes.
            ((IAsyncResult)switching).AsyncWaitHandle.WaitOne();
        }

        Say("And the other window, when it is done:");
        Console.Out.Write(window.Text);
        Expect(Switch, switching.GetAwaiter().GetResult(), shouldFail: false);
        Show("Get-IHRuntime");
    }

    private void FailAndRecover()
    {
        Say("A model that does not start: what ran before is brought back.");
        Add(scenario.Broken);
        Show("Select-IHModel broken", shouldFail: true);
        Show("Get-IHRuntime -Verify");
        Say("What it wrote to its log, and what has happened so far.");
        Show("Get-IHLog broken -Tail 3");
        Show("Get-IHHistory");
        Say("Back to the first one.");
        Show("Select-IHModel chat");
        Show("Resolve-IHEndpoint");
    }

    private void Add(TourModel model) => Show(
        $"Add-IHModel {model.Id} -Source $model -Port {model.Port} -BackendPolicy cpu -ProbeIntervalMs 250 -StartCommand \"$start {model.Options}\"");

    private static void Say(string text) => Console.Out.WriteLine("# " + text);

    /// <summary>Shows a command as typed, then what it writes.</summary>
    private void Show(string command, bool shouldFail = false)
    {
        end.ThrowIfCancellationRequested();
        Console.Out.WriteLine("PS> " + command);
        Expect(command, engine.Run(command, end), shouldFail);
    }

    private static void Expect(string command, bool wentWell, bool shouldFail)
    {
        if (wentWell == shouldFail)
        {
            throw new TourException(shouldFail ? $"'{command}' went well, but should have failed." : $"'{command}' failed.");
        }
    }

    /// <summary>A path as one would type it from here.</summary>
    private static string ShortPath(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        bool isBelow = !relative.StartsWith("..", StringComparison.Ordinal) && !Path.IsPathRooted(relative);
        string typed = isBelow ? Path.Combine(".", relative) : path;
        return typed.Contains(' ', StringComparison.Ordinal) ? Engine.Quote(typed) : typed;
    }
}
