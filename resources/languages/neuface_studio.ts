<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name></name>
    <message>
        <source> or </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Judging</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1   Drop videos      2   Press {fit.clip}: every face gets a mesh      3   Press {review.accept} or {review.reject} to judge      4   {project.export} writes the dataset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>3D mesh of the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>4 mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A clip for every video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A file {name} for each clip, and for each of its views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A file {name} for each clip, with all its views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fit is running.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder {name} for each clip, and for each of its views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder {name} for each clip, with all its views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A person verifies the landmarks before a clip is fitted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A project is made for them. Or drop a project to open it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About NeuFace Studio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About, versions, licences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a folder of models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add videos</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add videos…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adding models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adding videos</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All accepted clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All states</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All usual keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All views equally large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All views of the clip in a grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An encoder is needed: choose open, deca, emoca, or a file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another face between the marks, or from here on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apart (CVD)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apart after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apart before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask for a comment after a decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask for a second guess first: {edit.guess}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At most about {size:.1f} MB.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before and after the fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before and after: {view}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both hold for the next fit; one that runs goes on as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>COCO-WholeBody: face keypoints and boxes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Call breaks to mind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Camera</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Camera follows the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the installation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking the models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one in the queue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose one that was exported here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the video…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose videos…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cividis: blue to yellow, alike for all eyes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clips are fitted at once again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clips in line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clips to write</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clips whose fit failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close  {help.leave_welcome}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour the mesh by error, detector, what is hidden, views apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of errors and strips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands that were found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comment on {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the details of the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct or remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decisions are safe. What is stopped leaves no half file behind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Detected landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Detector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Detector unsure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not reject after all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do the videos of this folder show the same takes from several sides?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do these {count} videos show one clip from {count} sides?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do what the message offers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawn with the nearest weak perspective, {off:.2f} % of the face off; measured with its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop FLAME, DECA, EMOCA or FAN files here, or a folder of them. Nothing in a file is executed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop tracks together with the one video, or folder of videos, that they belong to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop videos of faces here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop videos or folders here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Editing landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encoder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Encoder, by name or file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter goes on, with or without one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter keeps it  ·  Esc leaves it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter keeps them  ·  Esc leaves them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter takes the second guess</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every map rises from dark to light, and can be read with any kind of colour vision.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every view has its vote at every moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export dataset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export dataset or files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export into a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exporting {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FAILED OR SET ASIDE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FLAME fitting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FLAME fitting is there. Hold {look.hold_flame} to see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FLAME fitting of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FLAME fitting, to compare with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Face {number} of {count} in the frames {first} to {last}. {review.undo} takes it back, {edit.refit} fits them anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Farthest apart: {first} and {second}, {apart:.2f} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File or folder to write</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by reason or tag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter: {words}. Press to take it off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a command…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find clips by name, reason, suspicion or note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finding landmarks in {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit all that the queue shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit all that wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit all {n}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit anew what was touched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit the next face in the clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit, or fit again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fits compute on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fits in line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fits in line…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fits run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fitted landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fitting {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fitting {name} anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fitting {name}, face {face} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {first} is left out of the dataset. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {first} is taken in again. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {first} to {last}: {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {first}: {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {frame}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {frame} / {last}   ·   {time:.2f} / {total:.2f} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frames with a face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frames {first} to {last} are left out of the dataset. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frames {first} to {last} are taken in again. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give one of them another key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give reason {digit}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the clip tags…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on to the next undecided clip after a decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Good for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient map fainter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient map of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient map stronger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient map: what moves the mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hidden from the view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide or show the panels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Histogram of {measure}, {threshold}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>History</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold: FLAME fitting, where it was run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold: before the fit (encoder only)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold: the frame alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold: the previous run, where there is one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Holds from the next start on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far the fitted landmarks jump, in percent of the size of the face a frame²</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far the meshes of the views are apart after the fit (mean over all pairs, mm)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far the meshes of the views are apart before the fit (mean over all pairs, mm)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How unsure the detector was of the face; empty where it found none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How unusual the fit is among those of the project; the most suspicious come first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IN LINE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import tracks of other tools</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import tracks…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing tracks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In mark here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Include the vertices of every frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inferno: black to pale yellow, with the most contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It could not be fitted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is being fitted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is in line for a fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Iterations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its landmarks are to be verified first: {review.accept} accepts them, {edit.begin} edits them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its mesh is being fitted; down here you see how far it is. Then you accept or reject it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jitter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jitter mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Judge it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys (*.toml)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landmark error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landmark error after the fit, in percent of the size of the face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landmark error before the fit, in percent of the size of the face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Landmarks are verified before the fit here: {fit.clip} finds them, {review.accept} accepts them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave out the frame, or those between the marks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the clip for later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: frames {frames}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let go to add them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the points go, then leave editing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence of {model}: {licence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence of {model}: {licence} (non-commercial)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: {licence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light or dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines between the two</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loaded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look through the clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look, judge, export: one minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at the files…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at the models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss of the running fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MESH</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a demo clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make space on the disk or change the permissions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh as its edges</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh fainter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh from the front</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh of this view, of all, or put together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh over the video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mesh stronger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Most suspicious clips first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Motion retained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moves the mesh: |∂L/∂I|</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NME %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name and length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NeuFace&apos;s params.npz, with the crop (FLAME only)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New key: press it here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next key frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next panel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next suspicious place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No OpenGL in this window: the mesh is drawn off-screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No clip has a tag yet: Shift+T gives one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No clip is in line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No clip is like that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No clip is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No clip waits for a fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face in this frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face was detected here: the mesh is carried over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face was found in {name}:
it was left out of the fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No face: this frame has no mesh.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No fit has failed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No imported clip waits for a head model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No landmarks yet: {fit.clip} finds them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No mesh yet.
Press {fit.clip} to fit this clip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No mesh yet.
{doing}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No other face was found in this clip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No other face was found in this frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No project is open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No video was found there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not written: {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note on the clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note to the rejection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note: {note}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has gone wrong here so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing in this clip is unusual.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is unusual in this fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was corrected since the latest fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge by a tenth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge by ten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge down by a tenth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge down by ten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge left by a tenth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge left by ten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge right by a tenth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge right by ten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge the points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge up by a tenth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nudge up by ten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Often the memory was full: close other programs, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of the views large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One to one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only what a person accepted is written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity of the mesh over the video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity of the mesh over the video ([ and ])</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a project (a folder NAME.neuface)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a project…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open another project…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open one, or drop videos on the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open project…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Out mark here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages of the guide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause or go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play backward, again for faster</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play forward, again for faster</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points back to the detection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous key frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous suspicious place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the running fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the running job</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put back the {what} of {clip}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RECENT PROJECTS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rank, worst first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reject</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reject because…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reject…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remind of breaks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed: {names}. Your original files stay where they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rendering the demo clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replace what is there under the same names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Review</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right as it is: make it a key frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>STEP {step} OF {steps}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a picture of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a picture of the window…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a video of what is seen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a video of what is seen…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the frame as it is seen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the frame as it is seen…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say what it is, then Enter (Enter alone skips the note)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sea: dark blue to pale yellow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second guess ({who}): {edit.take_guess} takes it, {edit.leave} leaves it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings of the method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show clips of one state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the pace, clips an hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signals of every frame as heat strips; arrow keys step, Home and End jump</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Skip  {help.leave_welcome}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slit scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slit-scan strips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something unexpected went wrong: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something unexpected went wrong: {kind}: {error}. The project is untouched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Square that the encoder saw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop and open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Suspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Suspicion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tag</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags of the clip, with commas between</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags: {tags}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags: {tags}. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take it away there first, or choose another key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take it with you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the marks away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the points from the other side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the second guess</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this filter off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ten frames back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ten frames on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is all it takes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cameras at the same moment; digits make one large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clip has no tag any more. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clip is being made. Down here you see how far it is; it opens by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The correction fades beyond the last key frame. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The correction holds to the ends of the shot, or fades</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The correction holds to the ends of the shot. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset was written but does not verify: {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset with this name will be replaced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The detector sees no face here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The detector&apos;s second guess</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file of keys cannot be understood: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fit belongs to another version of this video: fit the clip again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fit cannot be shown: {kind}: {error}. Fit the clip again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The fit has one view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The frames of a clip appear here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gradient map is being made; it is shown when it is there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gradient map is there. {look.gradient} shows and hides it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The guide is missing from this installation: install NeuFace Studio again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The head model {head} is not installed: the mesh cannot be shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keys cannot be read: {error}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keys could not be written: {error}; they hold until the window is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The landmarks are to be verified first.
{review.accept} accepts them, {edit.begin} edits, {review.reject} rejects.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last session was ended by a fault in a library. What was decided is on disk; Help, What went wrong last shows the report.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The licence of the models behind a fit stands in the inspector and in every exported file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The note is gone. {review.undo} brings it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The note is kept. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other faces are seen in fewer than {least:g} % of the frames.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture could not be written; choose another place. ({path})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The process that fits could not be started: {why}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The process that fits was ended {how}; what was there before is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report could not be completed: {kind}: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The running job is still being stopped; open the project again in a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The settings of the project are kept; they hold for fits from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The video cannot be opened: {error}. See whether it plays elsewhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The video, or a picture of the folder, of the track</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The whole eye, mouth, jaw; again: the whole face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The whole frame back to the detection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There already: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no face to look at again in this frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no fit yet. Leave editing, then F fits the clip with your landmarks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to put back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to take back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They hold for fits from now on; a fit that is there keeps what it was made with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This &amp;project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is no file of keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is so throughout: {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This project cannot be written to. It is shown read-only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This project has no clips yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This project is open read-only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This project is open read-only: nothing can be added.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This project is open read-only: nothing can be made for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Timeline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Took back the {what} of {clip}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tracks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it again; if it stays so, copy the details and show them to whoever looks after the program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try it on a clip of a person who does not exist: rendered and fitted here, in a minute or two. Or drop videos of your own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type a command…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unrest of the mesh after the fit, in millimetres</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use it as well</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use this key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual values of this page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VHAP&apos;s tracked parameters (FLAME only)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VIDEO</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify landmarks before the fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Vertices can be made from the parameters at any time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Video with landmarks and mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View {digits} large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>View {digit} large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Views apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Views of one clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Views of one clip are fitted together: one face, seen by several cameras at the same moments. Where cameras did not start together, a views.toml beside the videos says by how many frames.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Views of the clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Viridis: violet to yellow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome: {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What fits compute on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the next person should know</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What went wrong last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where fits run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the clip stands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which faces the clip has is known after its first fit: press {fit.clip}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who finds the landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whole frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worst frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a note…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write it like Ctrl+Shift+A.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written and verified: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written: {path}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You have judged for {minutes} minutes. A few minutes away from the screen do good.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your name beside decisions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your name is written beside every decision from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom to the face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a page that turns the head in a browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>acceptance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>accepted after repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all views</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>and {n} earlier</source>
        <comment>and {n} earlier</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>animated head for Blender, Unity, Unreal and the web</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>another face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at every moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at {n} of {total} moments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>back to detection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>because: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before the fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blurred or too small</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by signal {signal}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>camera {off:.1f} % of the face off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>checked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>checking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choice of frames that are left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>confirmed as it was</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>correction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cutting crops</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dataset of all accepted clips, with parameters, landmarks and history</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>default: tuned on real clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>detector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>drag, or arrows: 1 px · Shift 10 · Ctrl 0.1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dragged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>drawing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fan: needs its own file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>finding landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fitted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fitting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fitting {percent:.0f} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frame alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frames left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frames {frames} fitted anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from the other side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from the package {wheel}
SHA-256 {sha256}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from {least:.2g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from {least:.2g} on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>glasses, beard, …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>graphics card, CUDA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>graphics of Apple, MPS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hold or fade</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in a clip of several views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in a process of their own, for long batches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in and out marks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in the background of the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in the background of this window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interpolated between key frames</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its own, as project.toml has it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>jaw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>jitter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>jumps {value:.2f} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>key frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>key frame, holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmark error {error:.2f} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks rejected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks repaired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks repaired, frame {frame}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks repaired, frames {frames}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>landmarks wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>leaving for later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left brow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left eye</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left for later</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out of the fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>linked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking at videos</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss {value:.4g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lost its vote</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>marks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measuring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mesh wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mirrored from the other side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>more than one face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mouth</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next key frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next point</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no clip is accepted yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no clip is chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no clip is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no face, no mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no landmarks in this frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no message has details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no message is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no message offers anything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no point chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no point is chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no project is open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no project is open for writing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no video</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>non-commercial: {licence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not now: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not stated: {licence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing is running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing to fit anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nudged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>occluded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on {device}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one OBJ a frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one PLY a frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one mesh and a point cache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only while a reason is asked for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only while landmarks are edited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only while the welcome is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open, deca, emoca, emoca:NAME, or the file of an encoder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open: MediaPipe&apos;s face mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>other</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>other face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pace after three clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paper: as published, without our additions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>point {point}, {part} · {origin}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>press a digit  ·  Esc to leave it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>previous run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>put together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reading the networks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>redo: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejected: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rejection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>released: as the published code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>right as it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>right brow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>right eye</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>second guess</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>see its page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>set aside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tables of landmarks, errors and parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the clip has no fit that could be judged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the clip has no fit yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the clip has no landmarks yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the clip has no such result yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the clip has one view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the detector&apos;s second guess</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the fastest here: {device}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the whole face</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to review</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>undo: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>video: original, overlay and mesh side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while a message is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while editing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while rejecting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while the welcome is shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>whole part</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with status {status}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>writing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{:.2f} mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{before:.2f} → {after:.2f} mm apart (CVD)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{clip} only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{clip}: {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} clips</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{device} (not in this machine)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{distance:.2f} mm apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{error} It is shown read-only: decisions are off until it is closed there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{error} The usual keys hold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{fit.clip} fits a mesh to the face. Then you accept or reject it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{fit.clip} tries again, {review.reject} rejects the clip; the others go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{frames} · {seconds:.1f} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{help.keys} shows every key, {window.commands} finds every command. This is in the menu Help, too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{job} is not done yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{job} was stopped; what was there before is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{job}, and {n} more wait in line</source>
        <comment>{job}, and {n} more waits in line</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{job}. Decisions are safe. A fit that is stopped starts anew; the next start offers it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key} is no key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key} is taken by “{command}” ({group}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key} is taken by “{first}” and by “{second}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{measure} of all clips. Drag to show only those from there on; double click for all.
Click the title for another measure.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{meshes}: one and the same mesh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} cannot be read: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} could not be fitted. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is left for later. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} lost its vote {where}: it contradicts the others there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} waits for a fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} was left out: no face was found in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} was set aside. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} {what}. Nothing else is to be reviewed; {fit.waiting} fits what waits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} {what}. Nothing else is to be reviewed; {project.export} writes the dataset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} {what}. {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{n} accepted clips, {frames} frames</source>
        <comment>{n} accepted clip, {frames} frames</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} clips added.</source>
        <comment>{n} clip added.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} clips still to review.</source>
        <comment>{n} clip still to review.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{n} clips wait for a fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} files or folders in {folder}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} frames</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{n} frames</source>
        <comment>{n} frame</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} frames to fit anew</source>
        <comment>{n} frame to fit anew</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} frames were corrected and not fitted anew yet: {edit.begin}, then {edit.refit}.</source>
        <comment>{n} frame was corrected and not fitted anew yet: {edit.begin}, then {edit.refit}.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{n} in line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} min left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} more in line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} of them were stopped when the window was closed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} of your models are whole.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{n} other commands lost a key, too.</source>
        <comment>{n} other command lost a key, too.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{n} points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{n} s left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{one} of {all}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{pace:.0f} clips an hour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{play.step_forward} and {play.step_back} step, {play.toggle} plays. Or drag the timeline.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{play.step_forward} and {play.step_back} step, {play.toggle} plays. Or drag the timeline: where its strips are pale, the fit is worst. Hold {look.hold_before} to see it before the fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problem} (and {n} more)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{project.export} writes the clips that were accepted, as a dataset or for other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{project.export} writes what was accepted, and nothing is yet: {review.undo} takes the rejection back, {review.accept} accepts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{project} (read-only)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{rate:.2f} fps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{review.accept} accepts. {review.reject} and a digit reject, for a reason. It is on disk at once, and {review.undo} takes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{stage} {done} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} for all of them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}
from {source}
SHA-256 {sha256}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{used:.1f} GB used, {free:.1f} GB free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value:.0f} % unsure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value:.2f} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value:.2f} mm apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{view} (large)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} Fits compute on {device}; {window.settings} changes that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} What was decided is on disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}, by {who}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}, {low} to {high}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what}.
{reason}

{fit.clip} tries again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{window.keys} changes keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{words} Which video does {tracks} belong to? None lies beside it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>– landmarks {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{other}” has no key: your keys give {key} to “{mine}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{other}” has only {has} now: your keys give {key} to “{mine}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… and {n} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>… {n} in all.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
