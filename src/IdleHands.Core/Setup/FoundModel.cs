namespace IdleHands.Setup;

/// <summary>A model that was found in one of the usual places.</summary>
/// <param name="Place">The name of the place.</param>
/// <param name="Name">What an id is made of: the name of its file, or its tag.</param>
/// <param name="Path">The file.</param>
/// <param name="File">What the file says.</param>
/// <param name="Tag">Its tag in a store of Ollama; null for a file.</param>
internal sealed record FoundModel(string Place, string Name, string Path, GgufFile File, string? Tag = null);

/// <summary>What a search for models came to.</summary>
/// <param name="Models">Those that can be served, in the order of the places.</param>
/// <param name="Looked">The directories that are there.</param>
/// <param name="Remarks">What was left out, and why, a line each.</param>
internal sealed record FoundModels(IReadOnlyList<FoundModel> Models, NameList Looked, NameList Remarks);
